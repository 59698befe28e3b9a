declare module "*.sql" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: how a text import is typed
  export default text;
}
declare module "*.css" {
  const path: string;
  // biome-ignore lint/style/noDefaultExport: how a file import is typed
  export default path;
}
declare module "*.svg" {
  const path: string;
  // biome-ignore lint/style/noDefaultExport: how a file import is typed
  export default path;
}
declare module "*.webmanifest" {
  const path: string;
  // biome-ignore lint/style/noDefaultExport: how a file import is typed
  export default path;
}
declare module "../public/*.js" {
  const path: string;
  // biome-ignore lint/style/noDefaultExport: how a file import is typed
  export default path;
}
declare module "*.txt" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: how a text import is typed
  export default text;
}
declare module "*.sh" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: how a text import is typed
  export default text;
}
