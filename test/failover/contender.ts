/* What the failover bench compares: something on every node of a segment that keeps one address answered. */
export interface Contender {
  readonly name: string
  /** Milliseconds from one sign of life to the next: a death may fall anywhere in it. */
  readonly rhythm: number
  /** Settles when one node answers and every other could. */
  start(): Promise<void>
  /** Stops every process of the node dead. */
  freeze(node: string): void
  thaw(node: string): void
  /** Settles when a node that was away takes part again. */
  whole(): Promise<void>
  /** Processes of the node, for their use of the processor. */
  pids(node: string): readonly number[]
}
