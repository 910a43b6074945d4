/** scripts/text-modules.mjs turns an imported file into its text. */
declare module '*?text' {
  const text: string
  export default text
}
