// The runner imports fs.globSync, which Node has from version 22, for a command that is not used here.
import fs from 'node:fs';
import { register } from 'node:module';
if (!fs.globSync) {
  const shim = 'export * from "node:fs"; export { default } from "node:fs"; export const globSync = () => { throw new Error("needs Node 22"); };';
  const address = 'data:text/javascript,' + encodeURIComponent(shim);
  const hook = `export async function resolve(name, context, next) {
    return name === 'fs' && context.parentURL.includes('/conformance/dist/') ? { url: ${JSON.stringify(address)}, shortCircuit: true } : next(name, context);
  }`;
  register('data:text/javascript,' + encodeURIComponent(hook));
}
