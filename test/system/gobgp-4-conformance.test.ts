import { describe, it } from 'vitest'

import { newerProgramMissing } from '#lab/index.ts'

import { gobgpConformance } from './gobgp-kit.ts'

const obstacle = newerProgramMissing('gobgp-4')
if (obstacle === undefined) await gobgpConformance('gobgp with a real GoBGP 4', 'gobgp-4')
else describe.skip(`gobgp with a real GoBGP 4 (${obstacle})`, () => it('conforms', () => {}))
