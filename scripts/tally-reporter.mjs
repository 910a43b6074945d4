// Ends a vitest run with one plain line that anybody, and any script, can read. Skipped tests are named with their remedy.
export default class TallyReporter {
  onTestRunEnd(modules) {
    const tally = { passed: 0, failed: 0, skipped: 0 }
    const skipped = []
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        if (state === 'pending') continue
        tally[state]++
        if (state === 'skipped')
          skipped.push(`${module.relativeModuleId} > ${test.fullName}${note ? `: ${note}` : ''}`)
      }
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) tally.failed++
    }
    for (const line of skipped) console.log(`skipped: ${line}`)
    console.log(`tests: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
  }
}
