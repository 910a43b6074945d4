import type { Leadership } from '#app/kubernetes/leader/leader-election.ts'

/** Leads when the test says so. */
export class SaidLeadership implements Leadership {
  private leading = true
  private readonly listeners: (() => void)[] = []

  lead(leading: boolean): void {
    this.leading = leading
    for (const listener of this.listeners) listener()
  }

  leads = (): boolean => this.leading
  problem = (): undefined => undefined
  onChange = (listener: () => void): void => void this.listeners.push(listener)
  start = (): void => {}
  stop = (): Promise<void> => Promise.resolve()
}
