/* The label of a Node that says whose speaker may run there. */

export const adoptedLabel = 'heraldlb.io/adopted'

/** Absent: MetalLB's. `no`: nobody's, while one leaves and the other has not come. `true`: Herald's. */
export type Ownership = 'no' | 'true' | undefined
