import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { safeUrl } from '../../src/render/safe-url.ts'

describe('an address', () => {
  test.each([
    [
      'https://grafana.example/d/a?var-table=users&from=now-1h',
      'https://grafana.example/d/a?var-table=users&from=now-1h',
    ],
    [
      'http://prometheus:9090/graph?g0.expr=rate(up[5m])',
      'http://prometheus:9090/graph?g0.expr=rate%28up%5B5m%5D%29',
    ],
    [
      'https://a.example/x) [Runbook](https://evil.example',
      'https://a.example/x%29%20%5BRunbook%5D%28https://evil.example',
    ],
    ['https://a.example/?q=<@all>', 'https://a.example/?q=%3C%40all%3E'],
    ['https://a.example/"x"', 'https://a.example/%22x%22'],
  ])('keeps its meaning and breaks out of no link: %s', (address, safe) => {
    expect(safeUrl(address)).toBe(safe)
  })

  test.each([
    '',
    'runbooks/RowsLost',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://a.example',
    'dingtalk://dingtalkclient/page/link?url=x',
    'https://runbooks.example@evil.example',
    'https://user:password@a.example',
    `https://a.example/${'x'.repeat(800)}`,
  ])('is not linked: %s', (address) => {
    expect(safeUrl(address)).toBeUndefined()
  })

  test('is none or harmless, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        fc.string({ unit: 'binary' }),
        (url, tail) => {
          expect(safeUrl(url + tail) ?? '').not.toMatch(/[()[\]<>@*`|\\'"\s]/)
        },
      ),
    )
  })
})
