import { InvalidArgumentError } from 'commander'

export function parseWhole({ least }: { readonly least: number }): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
      throw new InvalidArgumentError(`Allowed: a whole number from ${least}.`)
    return value
  }
}
