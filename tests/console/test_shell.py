"""What every page of the console has: who works, language, colours, addresses, and what it says of the service."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.console.accessibility import violations


def test_whoever_comes_says_who_they_are_before_anything_is_shown(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/console/")
    page.get_by_label("Your name").fill("Officer 7")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("banner")).to_contain_text("Officer 7")
    page.reload()
    expect(page.get_by_role("banner")).to_contain_text("Officer 7")


def test_the_console_speaks_ukrainian_when_asked_and_still_after_a_reload(page: Page) -> None:
    page.get_by_label("Language").select_option("uk")
    expect(page.get_by_label("Мова")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Мова")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "uk"


def test_an_address_that_is_no_page_says_so_and_leads_back(page: Page) -> None:
    page.goto("/console/no-such-page")
    page.get_by_role("link", name="To the start").click()
    expect(page).to_have_url("/console/")


def test_a_lost_connection_is_said_on_top(page: Page, context: BrowserContext) -> None:
    context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("kept here")
    context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_dark_and_light_both_pass_axe(page: Page) -> None:
    for theme in ("dark", "light"):
        page.get_by_label("Colours").select_option(theme)
        assert violations(page) == []


def test_a_page_that_is_opened_has_its_title_and_the_focus(page: Page) -> None:
    page.goto("/console/settings")
    expect(page).to_have_title("Keys - Tallyscan")
    page.get_by_role("navigation").get_by_role("link", name="Queue").press("Enter")
    expect(page).to_have_title("Queue - Tallyscan")
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_label("Language").select_option("uk")
    expect(page).to_have_title("Черга - Tallyscan")
