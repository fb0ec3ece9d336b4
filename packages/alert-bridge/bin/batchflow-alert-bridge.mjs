#!/usr/bin/env node
import { runCommand } from '../dist/index.js'

const { argv, env, stdout, stderr } = process
process.exitCode = await runCommand({ argv: argv.slice(2), env, stdout, stderr, signals: process })
