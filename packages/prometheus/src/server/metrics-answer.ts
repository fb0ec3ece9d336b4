import { isProfile, profiles, type Profile } from '../page/profile.ts'
import type { PageFormat } from '../page/write-family.ts'

/** What the server needs to know of a request. */
export interface MetricsRequest {
  readonly method: string
  /** Path and query, as in the request line. */
  readonly url: string
  readonly authorization: string | undefined
}

/** What to answer: a page, or a plain line. */
export type MetricsAnswer =
  | { readonly page: { readonly format: PageFormat; readonly profile: Profile | undefined } }
  | { readonly status: number; readonly line: string; readonly headers?: Readonly<Record<string, string>> }

/** Each format has a path of its own: a scraper that asks for OpenMetrics by its `Accept` header would otherwise lose
 * the gauges that cannot be written there. */
const pages: Readonly<Record<string, PageFormat>> = {
  '/metrics': 'prometheus',
  '/openmetrics': 'openmetrics',
}

/** Decides on a request. `/healthz` needs no token: it tells nothing, and probes rarely have one. */
export function answerTo(
  request: MetricsRequest,
  isAuthorized: (authorization: string | undefined) => boolean,
): MetricsAnswer {
  const [path = '', query = ''] = request.url.split('?', 2)
  const format = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (format === undefined && path !== '/healthz') return { status: 404, line: 'not found: try /metrics' }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, line: 'method not allowed', headers: { allow: 'GET, HEAD' } }
  }
  if (format === undefined) return { status: 200, line: 'ok' }
  if (!isAuthorized(request.authorization)) {
    return { status: 401, line: 'unauthorized', headers: { 'www-authenticate': 'Bearer realm="metrics"' } }
  }
  const profile = new URLSearchParams(query).get('profile')
  if (profile === null) return { page: { format, profile: undefined } }
  if (isProfile(profile)) return { page: { format, profile } }
  return { status: 400, line: `profile must be one of ${profiles.join(', ')}` }
}
