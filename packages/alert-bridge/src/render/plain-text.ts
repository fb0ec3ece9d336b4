/** Characters that mean something to one of the chat clients, and the look-alikes that mean nothing. A backslash before
 * them would not do: DingTalk honours it, WeCom prints it. Parentheses stay, since without brackets they link nothing. */
const lookAlikes: Readonly<Record<string, string>> = {
  '[': '［', // links and pictures
  ']': '］',
  '<': '＜', // WeCom: mentions (<@user>) and <font>
  '>': '＞',
  '&': '＆', // entities, which would be the characters above again
  '@': '＠', // mentions
  '*': '＊', // would end our own bold
  '`': '｀',
  '\\': '＼', // would escape what follows
}

/** Makes one line of a text that came from outside, so that it cannot start a link, a picture, a mention or a line of its
 * own, nor turn the direction of writing. Addresses in it are broken by an invisible space behind their scheme, so that
 * clients do not link them. At most `maxBytes` of UTF-8, an ellipsis at the end of what was cut. */
export function plainText(text: string, maxBytes: number): string {
  const line = text
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    // Line ends and tabs are spaces; other control and format characters (right-to-left marks, joiners) are nothing.
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/[[\]<>&@*`\\]/g, (character) => lookAlikes[character] ?? '')
    .replaceAll('://', ':\u200B//')
    .trim()
  return cut(line, maxBytes)
}

/** The text, or as much of its beginning as fits with an ellipsis. Never splits a character. */
export function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const room = maxBytes - Buffer.byteLength('…')
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > room) break
    end += character.length
  }
  return `${text.slice(0, end)}…`
}
