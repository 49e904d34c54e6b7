/** The way to each page that the roles of the person have, and how the console looks and speaks. */
import { useLocation } from "preact-iso";
import { may, type Role, session } from "../session";
import { LANGUAGES, type Language, language, speak, t } from "../text";
import { chooseTheme, type Theme, theme } from "../theme";
import { Person } from "./person";
import ways from "./ways.json";

interface Way {
  path: string;
  text: string;
  roles: Role[];
  /** Whose work begins there, also where they have other pages. */
  first_of?: Role[];
  /** What the page cannot be shown without: the service answers it in each of the roles (tests/web/test_ways.py). */
  asks: string[];
  /** Only where people sign in. */
  accounts?: boolean;
}

/** The pages of the console in the order of the work. */
export const WAYS = ways as Way[];

/** In which of them a page may be seen; null: it has no way here, and the service alone decides. */
export function rolesFor(path: string): Role[] | null {
  return WAYS.find((way) => path === way.path || path.startsWith(`${way.path}/`))?.roles ?? null;
}

export const isOpen = (way: Way): boolean =>
  may(...way.roles) && !(way.accounts && session.value?.sign_in === "none");

export function Header() {
  const { path } = useLocation();
  const open = session.value?.person ? WAYS.filter(isOpen) : [];
  return (
    <header class="top">
      <a class="skip" href="#main">
        {t("common.skip")}
      </a>
      <a class="brand" href="/console/">
        Tallyscan
      </a>
      <nav aria-label={t("common.pages")}>
        {open.map((way) => (
          <a key={way.path} href={way.path} aria-current={path.startsWith(way.path) ? "page" : undefined}>
            {t(way.text)}
          </a>
        ))}
      </nav>
      <div class="person">
        <Person />
        <label>
          <span class="unseen">{t("common.language")}</span>
          <select value={language.value} onChange={(event) => speak(event.currentTarget.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="unseen">{t("common.theme")}</span>
          <select value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
            {(["system", "dark", "light"] as const).map((each) => (
              <option key={each} value={each}>
                {t(`common.theme_${each}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
    </header>
  );
}
