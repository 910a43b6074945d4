import { describe, it } from 'vitest'

import { newerProgramMissing } from '#lab/index.ts'

import { frrOf } from './bgp-suite/backends.ts'
import { bgpSuite } from './bgp-suite/suite.ts'

const obstacle = newerProgramMissing('frr-10')
if (obstacle === undefined) bgpSuite(frrOf('frr-10'))
else describe.skip(`frr of frr-10 and routers of three makes (${obstacle})`, () => it('sees', () => {}))
