/* Registry numbers. https://www.iana.org/assignments/bfd-parameters */

export const version = 1 // RFC 5880 §4.1

export const udpPort = {
  control: 3784, // RFC 5881 §4
  echo: 3785, // RFC 5881 §4
  multihop: 4784, // RFC 5883 §5
} as const

/** The lowest port packets are sent from (RFC 5881 §4). */
export const sourcePort = { min: 49_152, max: 65_535 } as const

export const stateCode = { AdminDown: 0, Down: 1, Init: 2, Up: 3 } as const // RFC 5880 §4.1

export type StateName = keyof typeof stateCode

export const stateNames = Object.keys(stateCode) as readonly StateName[]

export const diagnostic = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborSignaledDown: 3,
  forwardingPlaneReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
} as const // RFC 5880 §4.1
