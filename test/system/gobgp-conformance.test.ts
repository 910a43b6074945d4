import { gobgpConformance } from './gobgp-kit.ts'

await gobgpConformance('gobgp with a real gobgpd')
