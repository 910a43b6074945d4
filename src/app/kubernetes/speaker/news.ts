/* Which reports are news, and told as events: what was announced by a process before this one is none. */
import type { Events } from './events.ts'
import { reportKey, type Report, type Reports } from './reports.ts'
import { statusName, type Reporter } from './status-objects.ts'
import type { StatusWriter } from './status-writer.ts'

export interface NewsDeps {
  readonly events: Pick<Events, 'announced' | 'failed'>
  readonly statuses: Pick<StatusWriter, 'found' | 'onceSynced'>
  readonly reporter: Reporter
}

export class News {
  private readonly deps: NewsDeps
  private reports: Reports = { announced: new Map(), failed: [] }
  /** Announced before it is known whether a status object was there already. */
  private readonly unsure = new Map<string, Report>()

  constructor(deps: NewsDeps) {
    this.deps = deps
    deps.statuses.onceSynced(() => this.becomeSure())
  }

  tell(reports: Reports): void {
    const before = this.reports
    this.reports = reports
    for (const [key, report] of reports.announced)
      if (!before.announced.has(key) || this.unsure.has(key)) this.judge(report)
    const known = new Set(before.failed.map((failure) => JSON.stringify(failure)))
    for (const failure of reports.failed)
      if (!known.has(JSON.stringify(failure))) this.deps.events.failed(failure)
  }

  /** A status object that was there before this process says that it is no news. */
  private judge(report: Report): void {
    const { events, statuses, reporter } = this.deps
    const found = statuses.found(statusName(report.protocol, reporter.node, report.service, reporter.sha256))
    if (found === undefined) this.unsure.set(reportKey(report), report)
    else this.unsure.delete(reportKey(report))
    if (found === false) events.announced(report)
  }

  private becomeSure(): void {
    for (const [key, report] of this.unsure) {
      if (this.reports.announced.has(key)) this.judge(report)
      this.unsure.delete(key)
    }
  }
}
