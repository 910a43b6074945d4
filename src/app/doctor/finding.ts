/* What a check found, and what to do about it. */

export interface Finding {
  /** What was looked at: `strict ARP`, `port 179`. */
  readonly check: string
  /** `fault`: something does not work. `warning`: it may not. `unknown`: could not be looked at. */
  readonly verdict: 'ok' | 'warning' | 'fault' | 'unknown'
  readonly message: string
  /** One sentence; absent where nothing is to be done. */
  readonly remedy?: string
}

export const ok = (check: string, message: string): Finding => ({ check, verdict: 'ok', message })

export const warning = (check: string, message: string, remedy: string): Finding => ({
  check,
  verdict: 'warning',
  message,
  remedy,
})

export const fault = (check: string, message: string, remedy: string): Finding => ({
  check,
  verdict: 'fault',
  message,
  remedy,
})

export const unknown = (check: string, message: string, remedy?: string): Finding => ({
  check,
  verdict: 'unknown',
  message,
  ...(remedy !== undefined && { remedy }),
})
