/* What a request asks for, by its request target: text that whoever connects may choose. */

/** Undefined for what is no URL, as `//` is none. */
export function requestUrl(target = '/'): URL | undefined {
  const base = 'http://herald'
  return URL.canParse(target, base) ? new URL(target, base) : undefined
}
