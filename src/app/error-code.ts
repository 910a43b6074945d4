/** Whether Node's own error says so: `ENOENT`, `EEXIST`. */
export function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
