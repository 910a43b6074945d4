/* Looks for secrets in text, in the clear and in the forms they travel in. */

/** In every secret that a test invents. */
export const marker = 's3cret'

/** The lines that hold the marker or one of the secrets, each with the secret's form. */
export function secretsIn(text: string, secrets: readonly string[] = []): string[] {
  const forms = [marker, ...secrets].flatMap(formsOf)
  return text.split('\n').flatMap((line) => {
    const found = forms.find(({ needle }) => line.includes(needle))
    return found === undefined ? [] : [`${found.form}: ${line}`]
  })
}

interface Form {
  readonly form: string
  readonly needle: string
}

function formsOf(secret: string): Form[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const base64 = [0, 1, 2].map((shift) => ({ form: 'in base64', needle: base64At(bytes, shift) }))
  return [
    { form: 'in the clear', needle: secret },
    { form: 'in hexadecimal', needle: hex },
    { form: 'in hexadecimal', needle: hex.toUpperCase() },
    ...base64,
  ]
}

/** The characters that the bytes alone determine when they begin at this place among three. */
function base64At(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
  return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
}
