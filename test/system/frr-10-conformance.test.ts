import { describe, it } from 'vitest'

import { newerProgramMissing } from '#lab/index.ts'

import { frrConformance } from './frr-kit.ts'

const obstacle = newerProgramMissing('frr-10')
if (obstacle === undefined) await frrConformance('frr beside a real FRR 10', 'frr-10')
else describe.skip(`frr beside a real FRR 10 (${obstacle})`, () => it('conforms', () => {}))
