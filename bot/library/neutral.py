"""What a stranger who looks at the screen must not be told (R1)."""

from __future__ import annotations

import re

# Words that say what this is about, or that a person did not choose for herself.
_TELLING = {
    "en": re.compile(
        r"\b(?:human )?traffick\w*|\bpolice\b|\bcops?\b|\bshelters?\b|\bvictims?\b|\bsurvivors?\b|\bpimps?\b|\bprostitut\w*"
        r"|\babus(?:e|er|ed|ive)\b|\bdomestic violence\b|\brape\w*\b|\bsex\b|\bimmigration\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\btrata\b|\btratantes?\b|\btr[aá]fico\b|\bpolic[ií]as?\b|\brefugios?\b|\balbergues?\b|\bv[ií]ctimas?\b"
        r"|\bsobrevivientes?\b|\bproxenetas?\b|\bprostitu\w*|\babus\w*|\bviolencia\b|\bviolaci\w*|\bsexo\b|\bmigra\b|\binmigraci\w*",
        re.IGNORECASE,
    ),
}


def telling(lang: str) -> re.Pattern[str]:
    """Words that tell a stranger what this is about (R1)."""
    return _TELLING[lang]
