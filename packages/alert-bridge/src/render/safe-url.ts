/** Bytes of an address that is still linked: three of them have to fit into one message of WeCom. */
const maxUrlBytes = 800

/** The address in a form that can stand in a markdown link, or undefined when it is none that a person should click: not
 * http or https, with a user name, too long. */
export function safeUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '')
    return undefined
  // What URL leaves as it is and markdown, or a client that looks for mentions, would take for its own.
  const href = url.href.replace(
    /[()[\]<>@*`|\\'"]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
  return Buffer.byteLength(href) <= maxUrlBytes ? href : undefined
}
