import { addressFromBytes, bytesOf, type Address } from '#core/model/address.ts'
import type { Reader } from '#core/wire/reader.ts'
import { Writer } from '#core/wire/writer.ts'

import { decodeCapabilities, encodeCapability, type Capability } from './capabilities.ts'
import { errorCode, openError, optionalParameter, versionNumber } from './iana.ts'
import { notification, type Notification } from './notification.ts'

export interface Open {
  /** The two-octet field: AS_TRANS when the AS needs four. */
  readonly as: number
  /** Seconds. */
  readonly holdTime: number
  readonly identifier: Address
  /** One list per optional parameter, as peers group them. */
  readonly parameters: readonly (readonly Capability[])[]
}

/*
 * +-+-+-+-+-+-+-+-+                                      RFC 4271 §4.2
 * |    Version    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     My autonomous system      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Hold time           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         BGP identifier                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Opt parm len  |  then (type, length, value) …                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * RFC 9072 §2: a length of 255 followed by the type 255 means that all lengths take two octets.
 */
export function encodeOpen(writer: Writer, { as, holdTime, identifier, parameters }: Open): void {
  writer.u8(versionNumber).u16(as).u16(holdTime).bytes(bytesOf(identifier))
  const short = encodeParameters(parameters, 1)
  if (short.length < optionalParameter.extendedLength) {
    writer.u8(short.length).bytes(short)
    return
  }
  const long = encodeParameters(parameters, 2)
  const { extendedLength } = optionalParameter
  writer.u8(extendedLength).u8(extendedLength).u16(long.length).bytes(long)
}

function encodeParameters(parameters: Open['parameters'], width: 1 | 2): Uint8Array {
  const writer = new Writer()
  for (const capabilities of parameters) {
    writer.u8(optionalParameter.capabilities).counted(width, (parameter) => {
      for (const capability of capabilities) encodeCapability(parameter, capability)
    })
  }
  return writer.take()
}

export function decodeOpen(reader: Reader): Open | Notification {
  const version = reader.u8()
  if (version !== versionNumber) {
    // RFC 4271 §6.2: the data is the largest version we support.
    return fault(openError.badVersion, [0, versionNumber])
  }
  const as = reader.u16()
  const holdTime = reader.u16()
  const identifier = addressFromBytes(reader.bytes(4))
  const parameters = decodeParameters(reader)
  return 'code' in parameters ? parameters : { as, holdTime, identifier, parameters }
}

export function isOpen(value: Open | Notification): value is Open {
  return 'parameters' in value
}

function decodeParameters(reader: Reader): Capability[][] | Notification {
  const width = lengthWidth(reader)
  if (width === undefined || reader.overrun) return fault(openError.unspecific)
  const parameters: Capability[][] = []
  while (reader.remaining > 0) {
    const type = reader.u8()
    const value = reader.slice(width === 2 ? reader.u16() : reader.u8())
    if (reader.overrun) return fault(openError.unspecific)
    if (type !== optionalParameter.capabilities) return fault(openError.badOptionalParameter)
    const capabilities = decodeCapabilities(value)
    if (capabilities === undefined) return fault(openError.unspecific)
    parameters.push(capabilities)
  }
  return parameters
}

/** Octets per parameter length; undefined when the total does not match what follows. */
function lengthWidth(reader: Reader): 1 | 2 | undefined {
  const short = reader.u8()
  if (short !== 0 && reader.remaining >= 3) {
    const [type, high, low] = reader.peek(3)
    if (type === optionalParameter.extendedLength) {
      reader.bytes(3)
      return (high ?? 0) * 256 + (low ?? 0) === reader.remaining ? 2 : undefined
    }
  }
  return short === reader.remaining ? 1 : undefined
}

function fault(subcode: number, data: readonly number[] = []): Notification {
  return notification(errorCode.open, subcode, data)
}
