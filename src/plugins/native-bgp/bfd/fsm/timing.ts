/* What the timers and packets of a session follow from its state. */
import type { ControlPacket, Micros } from '../wire/control-packet.ts'
import type { Intervals, Parameters, SessionState } from './model.ts'

/** No session that is not up sends more often (RFC 5880 §6.8.3). */
export const slowInterval: Micros = 1_000_000

/** What we tell the other side in a state. */
export function intervalsIn(name: SessionState['name'], parameters: Parameters): Intervals {
  const { transmitInterval, receiveInterval } = parameters
  return {
    desiredMinTx: name === 'Up' ? transmitInterval : Math.max(transmitInterval, slowInterval),
    requiredMinRx: receiveInterval,
  }
}

/** RFC 5880 §6.8.7: before jitter; 0: no periodic packets. */
export function transmitInterval({ name, parameters, remote, used, polling }: SessionState): Micros {
  if (parameters.passive && remote.discriminator === 0) return 0
  if (remote.requiredMinRx === 0) return 0
  if (remote.demand && name === 'Up' && remote.state === 'Up' && polling === 'no') return 0
  return Math.max(used.desiredMinTx, remote.requiredMinRx)
}

/** RFC 5880 §6.8.4, asynchronous mode; 0 while nothing is expected. */
export function detectionTime({ remote, used }: SessionState): Micros {
  if (remote.discriminator === 0) return 0
  return remote.detectMultiplier * Math.max(used.requiredMinRx, remote.desiredMinTx)
}

/** RFC 5880 §6.8.9: only while up, and only if the other side returns them. */
export function echoInterval({ name, parameters, remote }: SessionState): Micros {
  if (name !== 'Up' || parameters.echoInterval === undefined || remote.requiredMinEchoRx === 0) return 0
  return Math.max(parameters.echoInterval, remote.requiredMinEchoRx)
}

/** RFC 5880 §6.8.7: 75 to 100 % of the interval, so that many sessions do not act in step; below 90 % for one miss. */
export function jittered(interval: Micros, detectMultiplier: number, random: number): Micros {
  return interval * (0.75 + (detectMultiplier === 1 ? 0.15 : 0.25) * random)
}

/** The packet that says all this. */
export function packetOf(state: SessionState): ControlPacket {
  const { name, parameters, remote, told, polling, discriminator, diagnostic } = state
  return {
    diagnostic,
    state: name,
    poll: polling !== 'no',
    final: false,
    // A restart of this process takes the session down, though forwarding goes on.
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: parameters.detectMultiplier,
    myDiscriminator: discriminator,
    yourDiscriminator: remote.discriminator,
    ...told,
    requiredMinEchoRx: parameters.echoInterval ?? 0,
  }
}
