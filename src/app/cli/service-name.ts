/** `namespace/name` of `svc/NAMESPACE/NAME`, `NAMESPACE/NAME`, or a name in `namespace`; undefined of anything else. */
export function serviceName(text: string, namespace = 'default'): string | undefined {
  const parts = text.split('/')
  if (/^(svc|service|services)$/i.test(parts[0] ?? '') && parts.length > 1) parts.shift()
  const [first, second, third] = parts
  if (first === undefined || third !== undefined) return undefined
  return second === undefined ? `${namespace}/${first}` : `${first}/${second}`
}
