/* `show route all` of BIRD, as values. */
export interface BirdRoute {
  readonly prefix: string
  /** The session it came from. */
  readonly from: string
  /** `BGP.as_path` → `as_path`. */
  readonly attributes: Readonly<Record<string, string>>
}

export function readBirdRoutes(text: string): BirdRoute[] {
  const routes: (BirdRoute & { attributes: Record<string, string> })[] = []
  let prefix = ''
  for (const line of text.split('\n')) {
    const [, shown = '', from] = /^(\S+)? +\w+ \[(\S+) .*\]/.exec(line) ?? []
    if (from !== undefined) {
      if (shown !== '') prefix = shown
      routes.push({ prefix, from, attributes: {} })
    }
    const [, name, value] = /^\s+BGP\.(\w+): ?(.*)$/.exec(line) ?? []
    const route = routes.at(-1)
    if (name !== undefined && route !== undefined) route.attributes[name] = value?.trim() ?? ''
  }
  return routes
}
