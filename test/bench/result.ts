/** What one benchmark found, as `npm run bench` prints it. */
export interface BenchResult {
  readonly title: string
  /** What a person types to run it again. */
  readonly command: string
  readonly rows: readonly {
    readonly what: string
    readonly value: string
    /** A peer or a limit, measured in the same run. */
    readonly anchor?: string
    readonly aim?: string
  }[]
}
