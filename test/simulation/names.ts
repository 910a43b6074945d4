const names: string[] = []

/** The very same text each time: what is compared and looked up at every turn. */
export function nameOfNode(index: number): string {
  return (names[index] ??= `node-${String(index).padStart(3, '0')}`)
}

/** The inverse. */
export const indexOfNode = (name: string): number => Number(name.slice(-3))
