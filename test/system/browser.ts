/* A headless Chromium, on the machine itself or in a lab node's network. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import axe from 'axe-core'
import { chromium, type Browser as Chromium, type Page } from 'playwright-core'

import type { LabNode } from '#lab/index.ts'

const executable = '/usr/bin/chromium'

/** Nothing that asks the world outside. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Finding {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

export class Browser {
  /** What pages complained about: errors in their console, exceptions, requests that failed. */
  readonly complaints: string[] = []
  private readonly chromium: Chromium
  private readonly folder: string

  static async start(node?: LabNode): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'herald-browser-'))
    const script = join(folder, 'chromium')
    const argv = node === undefined ? [executable] : node.argv([executable])
    writeFileSync(script, `#!/bin/sh\nexec ${argv.map((word) => `'${word}'`).join(' ')} "$@"\n`)
    chmodSync(script, 0o755)
    return new Browser(await chromium.launch({ executablePath: script, args: flags }), folder)
  }

  private constructor(chromium: Chromium, folder: string) {
    this.chromium = chromium
    this.folder = folder
  }

  async open(url: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await this.chromium.newPage({ colorScheme, viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(15_000)
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => void this.complaints.push(String(error)))
    await page.goto(url)
    return page
  }

  async close(): Promise<void> {
    await this.chromium.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Barriers for people who use a keyboard or a screen reader (axe-core), serious and worse. */
export async function seriousBarriers(page: Page): Promise<readonly Finding[]> {
  // The page's policy forbids scripts from elsewhere; the debugger is not bound by it.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{ violations: Finding[] }>('axe.run(document)')
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
}
