"""Is the load of the material that the declared goods are of: organic, mineral, or metal? Two energies tell it.

What is seen is the share of the areal density that acts like iron, of what stands in front of the same pixels and
lets enough through. The three groups overlap widely there, so that only organic and metal contradict each other.
"""

import math

from tallyscan.reconcile.case import Case
from tallyscan.reconcile.declared_goods import declared_goods
from tallyscan.reconcile.material_groups import MATERIALS, Material, expected_materials
from tallyscan.reconcile.outcome import PRIOR_WRONG, agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said, together

RULE = "material"

SEEN: dict[Material, tuple[float, float]] = {
    "organic": (0.12, 0.09),
    "mineral": (0.26, 0.1),
    "metal": (0.5, 0.15),
}
"""Mean and standard deviation of the iron share that the model sees in simulated loads of one class: of 30 organic,
5 mineral and 4 metal ones. With so few the last two spreads are widened by judgement."""

ODD_LOADS = 0.02
"""Share of loads that look like any material: much packing, much dunnage. A judgement."""

MOST_MEAN_ALPHA = 5.0
"""Mean attenuation of the goods beyond which paper and timber look like steel: too little comes through."""

_PLAIN: dict[Material, Wording] = {
    "organic": said("organic matter"),
    "mineral": said("mineral or light metal"),
    "metal": said("metal"),
}


def rule_material(case: Case) -> Verdict:
    """The iron share of this unit's goods against the materials of the declared classes."""
    if case.unit is None or case.declared is None or case.detection is None:
        return undetermined(case, RULE, case.obstacle)
    if obstacle := case.cannot_tell_goods_apart:
        return undetermined(case, RULE, obstacle)
    if case.scan is not None and len(case.scan.energies_mv) < 2:
        return undetermined(case, RULE, said("The scan has one energy: materials are told by two."))
    expected = expected_materials(declared_goods(case.declared.items))
    load = case.unit.load
    share = load.iron_share if load else None
    evidence = {
        "expected": list(expected) if expected else None,
        "iron_share": share,
        "goods_mean_alpha": round(case.unit.goods_mean_alpha, 2),
        "region": list(load.box) if load else list(case.unit.box),
    }
    if expected is None:
        reason = said("The declared goods have no class, or one that is of any material.")
        return undetermined(case, RULE, reason, evidence)
    if share is None:
        reason = said("There is too little goods that lets the beam through to tell its material.")
        return undetermined(case, RULE, reason, evidence)
    if case.unit.goods_mean_alpha > MOST_MEAN_ALPHA:
        reason = said("Too little comes through these goods to tell their material.")
        return undetermined(case, RULE, reason, evidence)
    score = material_score(share, expected)
    words = said(
        "Declared goods are of {materials:or}; of what is seen, {share:.0%} acts like iron (organic about "
        "{organic:.0%}, mineral {mineral:.0%}, metal {metal:.0%}).",
        materials=[_PLAIN[each] for each in expected],
        share=share,
        **{material: mean for material, (mean, _) in SEEN.items()},
    )
    outcome = outcome_of(score)
    if outcome == "undetermined":
        why = said("The groups overlap: it cannot be told.")
        return undetermined(case, RULE, together(words, why), evidence)
    return (agrees if outcome == "agrees" else differs)(case, RULE, score, words, evidence)


def material_score(share: float, expected: tuple[Material, ...]) -> float:
    """Probability that goods with this iron share are of none of the expected materials; the others are as likely.

    Less iron than any organic matter, or more than any metal, is as good as the mean of those. `PRIOR_WRONG` where all
    materials are expected: then it teaches nothing.
    """

    def density(material: Material) -> float:
        mean, spread = SEEN[material]
        beyond = (material == MATERIALS[0] and share < mean) or (material == MATERIALS[-1] and share > mean)
        sigmas = 0.0 if beyond else (share - mean) / spread
        return math.exp(-(sigmas**2) / 2) / (spread * math.sqrt(2 * math.pi))

    others = [material for material in MATERIALS if material not in expected]
    if not others:
        return PRIOR_WRONG
    wrong = max(map(density, others)) / len(others)
    honest = (1 - ODD_LOADS) * max(map(density, expected)) + ODD_LOADS
    return PRIOR_WRONG * wrong / (PRIOR_WRONG * wrong + (1 - PRIOR_WRONG) * honest)
