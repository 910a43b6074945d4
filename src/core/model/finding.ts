/** What was found out about an address before it is handed out. With neither, nobody answers for it. */
export interface Finding {
  /** Somebody does: at this hardware address, heard on this interface. */
  readonly answeredBy?: { readonly hardwareAddress: string; readonly via: string }
  /** Why nobody could be asked. */
  readonly unasked?: string
}

/** Nothing else of what says it. */
export function findingIn({ answeredBy, unasked }: Finding): Finding {
  return { ...(answeredBy && { answeredBy }), ...(unasked !== undefined && { unasked }) }
}
