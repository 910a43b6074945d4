import { backends } from './bgp-suite/backends.ts'
import { bgpSuite } from './bgp-suite/suite.ts'

bgpSuite(backends.frr)
