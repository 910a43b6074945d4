/* The lease of a fence: until when the process that holds it may speak, in the one cell that all threads share. */

/** The lease as its cell holds it: the low 32 bits of its last millisecond; 0 stands for no end. */
export function leaseHolds(cell: number, now: number): boolean {
  return cell === 0 || ((cell - now) | 0) >= 0
}

/** What the cell holds for a lease until `ms` of the monotonic clock. */
export function leaseCell(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.floor(ms) | 0 || 1
}
