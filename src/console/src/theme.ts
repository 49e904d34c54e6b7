/** Dark, light, or as the system has it. */
import { signal } from "@preact/signals";

export type Theme = "system" | "dark" | "light";
const THEME_KEY = "tallyscan.theme";

export const theme = signal<Theme>((localStorage.getItem(THEME_KEY) as Theme | null) ?? "system");

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem(THEME_KEY, chosen);
  show();
}

function show(): void {
  if (theme.value === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = theme.value;
}

show();
