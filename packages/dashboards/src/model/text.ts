/** A text in the languages that dashboards are made in. */
export interface Text {
  readonly en: string
  readonly zh: string
}

/** A folder of `dashboards/grafana` for each. */
export type Language = 'en' | 'zh-CN'

/** All languages; the first is the default. */
export const languages: readonly Language[] = ['en', 'zh-CN']

/** A text in English and Chinese.
 *
 * @example
 * ```ts
 * t('Rows written', '已写入行数')
 * ``` */
export function t(en: string, zh: string): Text {
  return { en, zh }
}

/** The words of one language. What needs no translation is a plain string. */
export function inLanguage(text: Text | string, language: Language): string {
  if (typeof text === 'string') return text
  return language === 'en' ? text.en : text.zh
}
