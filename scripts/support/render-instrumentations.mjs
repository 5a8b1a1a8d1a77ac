export function renderInstrumentations() {
  return "";
}
