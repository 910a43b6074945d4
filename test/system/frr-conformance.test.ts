import { frrConformance } from './frr-kit.ts'

await frrConformance('frr beside a real FRR')
