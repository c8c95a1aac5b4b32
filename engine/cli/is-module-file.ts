/** Types are stripped by newer versions of Node alone; files of declarations and tests are no modules. */
export function isModuleFile(name: string): boolean {
  if (/\.(d\.ts|test\.\w+)$/.test(name)) return false;
  const strips = "typescript" in process.features && Boolean(process.features.typescript);
  return /\.m?js$/.test(name) || (strips && /\.m?ts$/.test(name));
}
