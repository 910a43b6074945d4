/** A configuration value that cannot be used: where it stands, what was found, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** Dotted path from the top of the configuration. */
  readonly path: string

  constructor(fault: { readonly path: string; readonly found: string; readonly allowed: string }) {
    super(`${fault.path}: found ${fault.found}; allowed: ${fault.allowed}`)
    this.path = fault.path
  }
}

/** The text of whatever was thrown: anything can be. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
