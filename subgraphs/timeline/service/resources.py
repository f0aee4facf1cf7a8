from dataclasses import dataclass
@dataclass(frozen=True)
class Resources: pass
