/** How text for people is set off: escape sequences on a terminal, nothing elsewhere. */
export interface Paint {
  readonly strong: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
}

const same = (text: string): string => text

export const plain: Paint = { strong: same, good: same, bad: same, faint: same }

/** Rows of cells with each column as wide as its widest cell; the last column is not padded. */
export function aligned(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    }
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell,
    )
    return `${indent}${cells.join('  ')}`.trimEnd()
  })
}
