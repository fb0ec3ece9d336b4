import { readFileSync } from 'node:fs'
import { parseSync } from '@swc/core'

/**
 * Every import of a file, as `{ from, typeOnly }`: static, re-exported, dynamic and required with a literal, and
 * `import('x').Type`. `typeOnly` is what leaves no trace at run time; `import { type A }` does leave one under
 * `verbatimModuleSyntax` (`import {} from …`), so it counts as a value.
 */
export function importsOf(path) {
  const found = []
  visit(parseSync(readFileSync(path, 'utf8'), { syntax: 'typescript', target: 'es2022' }), (node) => {
    const from = sourceOf(node)
    if (from !== undefined)
      found.push({ from, typeOnly: node.typeOnly === true || node.type === 'TsImportType' })
  })
  return found
}

function sourceOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return node.source?.value
    case 'TsImportType':
      return node.argument.value
    case 'TsExternalModuleReference':
      return node.expression.value
    case 'CallExpression':
      return isImportCall(node.callee) ? literal(node.arguments[0]?.expression) : undefined
    default:
      return undefined
  }
}

const isImportCall = (callee) =>
  callee.type === 'Import' || (callee.type === 'Identifier' && callee.value === 'require')

const literal = (node) => (node?.type === 'StringLiteral' ? node.value : undefined)

function visit(node, see) {
  if (Array.isArray(node)) for (const child of node) visit(child, see)
  else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') see(node)
    for (const value of Object.values(node)) visit(value, see)
  }
}
