export const nameOfNode = (index: number): string => `node-${String(index).padStart(3, '0')}`

/** The inverse. */
export const indexOfNode = (name: string): number => Number(name.slice(-3))
