/** What a reason code means to the person who meets it. */
export interface Reason {
  /** One sentence: what is the case. */
  readonly meaning: string
  /** One sentence: what to do about it; `Nothing to do.` where nothing is wrong. */
  readonly remedy: string
}
