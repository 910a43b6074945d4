/*
 * A lab without root: the program runs itself again as root of a user namespace, with process and mount namespaces of
 * its own. What it makes there is invisible outside and cannot outlive it.
 */
import { spawn } from 'node:child_process'

import { messageOf } from '#core/errors.ts'

import { describeEnd, execute } from './command.ts'
import { programEnvironment } from './programs.ts'

const UNSHARE = [
  'unshare',
  '--user',
  '--map-root-user',
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
] as const

/**
 * `ip netns` and the lab want a /run they may write to. FRR insists on becoming its own user, who does not exist in a
 * namespace with a single one: there, that name means root.
 */
const SET_UP = `set -e
mount -n -t tmpfs tmpfs /run
if grep -q '^frr:' /etc/passwd; then
  mkdir /run/accounts
  sed 's/^frr:x:[0-9]*:[0-9]*:/frr:x:0:0:/' /etc/passwd > /run/accounts/passwd
  sed 's/^frr:x:[0-9]*:/frr:x:0:/; s/^frrvty:x:[0-9]*:.*/frrvty:x:0:frr/' /etc/group > /run/accounts/group
  mount -n --bind /run/accounts/passwd /etc/passwd
  mount -n --bind /run/accounts/group /etc/group
fi
exec "$@"
`

/** Why a user namespace cannot be had, in the kernel's or the tool's words; undefined when it can. */
export async function userNamespaceObstacle(): Promise<string | undefined> {
  const [file, ...args] = UNSHARE
  try {
    const tried = await execute([file, ...args, 'sh', '-c', SET_UP, 'sh', 'true'])
    return tried.code === 0 ? undefined : describeEnd(tried)
  } catch (error) {
    return messageOf(error)
  }
}

/**
 * Runs this very program once more, with the same arguments, as root of a user namespace, and returns its exit status.
 * Undefined, with nothing run, when it is root already or the machine does not allow it: `labRequirements` says why.
 */
export async function rerunAsRoot(): Promise<number | undefined> {
  if (process.getuid?.() === 0 || (await userNamespaceObstacle()) !== undefined) return undefined
  const [file, ...args] = UNSHARE
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const child = spawn(file, [...args, 'sh', '-c', SET_UP, 'sh', ...self], {
    stdio: 'inherit',
    env: programEnvironment(),
  })
  // Ctrl-C reaches the inner program from the terminal; any other end of this one takes the namespace with it.
  const wait = (): void => undefined
  const end = (): boolean => child.kill('SIGKILL')
  process.on('SIGINT', wait).on('SIGTERM', end).on('SIGHUP', end).on('exit', end)
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  process.off('SIGINT', wait).off('SIGTERM', end).off('SIGHUP', end).off('exit', end)
  return status
}
