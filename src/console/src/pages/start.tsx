/** Where the work of a person begins: the first of their pages. */
import { t } from "../text";

export default function Start() {
  return <h1>{t("start.title")}</h1>;
}
