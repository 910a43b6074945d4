import { getSystemErrorMap } from 'node:util'

/** A failed system call, named as the manual page names it: `call` is `socket`, `code` is `EPERM`. */
export class SystemError extends Error {
  readonly call: string
  readonly errno: number
  readonly code: string

  /** `subject` says what the call was about: `AF_PACKET on eth0`, `SO_BINDTODEVICE eth9`. */
  constructor(call: string, errno: number, subject = '') {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error']
    super(`${call}${subject === '' ? '' : ` (${subject})`}: ${text} (${code})`)
    this.name = 'SystemError'
    this.call = call
    this.errno = errno
    this.code = code
  }
}

export function isSystemError(error: unknown, ...codes: readonly string[]): error is SystemError {
  return error instanceof SystemError && (codes.length === 0 || codes.includes(error.code))
}
