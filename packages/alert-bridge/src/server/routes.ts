/** What a path stands for. */
export type Route =
  | { readonly kind: 'metrics' | 'health' | 'ready' | 'receiver' | 'nothing' }
  | { readonly kind: 'target'; readonly type: string; readonly name: string }

export function routeOf(url: string): Route {
  const [path = ''] = url.split('?', 1)
  switch (path) {
    case '/metrics':
      return { kind: 'metrics' }
    case '/healthz':
      return { kind: 'health' }
    case '/readyz':
      return { kind: 'ready' }
    case '/alerts':
      return { kind: 'receiver' }
  }
  const [, type = '', name = ''] = /^\/(dingtalk|wecom)\/([^/]+)$/.exec(path) ?? []
  return name === '' ? { kind: 'nothing' } : { kind: 'target', type, name }
}
