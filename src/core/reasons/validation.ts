import type { Reason } from './reason.ts'

/** Faults of the input. Each Problem carries the object, the field, what was found and what is allowed. */
export const validationReasons = {
  UnknownField: {
    meaning: 'The object has a field that its kind does not have.',
    remedy: 'Correct the spelling or remove the field.',
  },
  MissingField: {
    meaning: 'A required field is absent.',
    remedy: 'Add the field.',
  },
  WrongType: {
    meaning: 'A field holds a value of another type than its kind asks for.',
    remedy: 'Write a value of the type that the message names.',
  },
  InvalidValue: {
    meaning: 'A field holds a value outside of what is allowed.',
    remedy: 'Write one of the values that the message allows.',
  },
} as const satisfies Record<string, Reason>
