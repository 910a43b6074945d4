import type { Reason } from './reason.ts'

/** Faults of the files themselves, and of objects that cannot be recognised. */
export const readingReasons = {
  UnreadableFile: {
    meaning: 'A file or folder that was named, or found in a named folder, could not be read.',
    remedy: 'Correct the path, or give the user that runs Herald permission to read it.',
  },
  FileTooLarge: {
    meaning: 'A file is larger than what Herald reads in one piece.',
    remedy: 'Split the file into smaller ones.',
  },
  NotText: {
    meaning: 'A file does not hold UTF-8 text.',
    remedy: 'Remove the file, or save it as UTF-8 text.',
  },
  InvalidSyntax: {
    meaning: 'A document is neither YAML nor JSON; the other documents of the file are used.',
    remedy: 'Correct the document at the line that the message names.',
  },
  UnknownKind: {
    meaning: 'The API group of the object has no such kind.',
    remedy: 'Correct the kind or the API group.',
  },
  UnknownVersion: {
    meaning: 'The kind exists, but not in the API version that the object names.',
    remedy: 'Write the object in one of the versions that the message names.',
  },
} as const satisfies Record<string, Reason>
