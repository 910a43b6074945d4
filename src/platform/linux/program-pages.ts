/*
 * Pages of the program's own file (Node's, 90 MB) that are mapped because its start read them: the compiler, the
 * snapshot, tables of ICU. At rest few are used. Those that are forgotten stay in the kernel's page cache, which every
 * process of this program shares, and come back from there when they are touched, without the disk.
 */
import { open, readlink } from 'node:fs/promises'

import { MADV_DONTNEED } from './constants.ts'
import * as libc from './libc.ts'

export interface Mapping {
  /** Address. */
  readonly start: number
  /** In bytes. */
  readonly length: number
}

/** Costs some ten milliseconds, most of it in another thread. Rejects where /proc cannot be read. */
export async function forgetProgramPages(): Promise<void> {
  const [program, smaps] = await Promise.all([readlink('/proc/self/exe'), readMap()])
  for (const { start, length } of cleanMappings(smaps, program)) libc.madvise(start, length, MADV_DONTNEED)
}

/**
 * Of the file, those that nobody writes to and nobody has written to, as the dynamic linker has to some that are read-only
 * now: what is there is what is in the file. `smaps`: see proc_pid_smaps(5).
 */
export function cleanMappings(smaps: Buffer, file: string): Mapping[] {
  return partsAbout(smaps, file).flatMap((part) => {
    const [, start = '', end = '', permissions, path] = head.exec(part) ?? []
    if (path !== file || permissions?.includes('w') !== false || !untouched.every((line) => line.test(part)))
      return []
    const from = Number.parseInt(start, 16)
    return [{ start: from, length: Number.parseInt(end, 16) - from }]
  })
}

/** The kernel gives a page at a time, for each of which `readFile` would take another 64 kB. */
async function readMap(): Promise<Buffer> {
  const file = await open('/proc/self/smaps')
  try {
    const [parts, buffer]: [Buffer[], Buffer] = [[], Buffer.alloc(16_384)]
    for (;;) {
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return Buffer.concat(parts)
      parts.push(Buffer.from(buffer.subarray(0, bytesRead)))
    }
  } finally {
    await file.close()
  }
}

/** There are a thousand parts, half a megabyte: only those that name the file are made texts. */
function partsAbout(smaps: Buffer, file: string): string[] {
  const parts: string[] = []
  for (let at = smaps.indexOf(file); at !== -1; at = smaps.indexOf(file, at + file.length)) {
    const last = smaps.indexOf('\nVmFlags:', at)
    parts.push(smaps.toString('utf8', smaps.lastIndexOf('\n', at) + 1, last === -1 ? smaps.length : last + 1))
  }
  return parts
}

/** Range, permissions, offset, device, inode, path. */
const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ +(\/.*)$/m
/** Pages that differ from the file are anonymous, or swapped out. */
const untouched = [/^Anonymous: +0 kB$/m, /^Swap: +0 kB$/m]
