"""Floor of figures and widgets. The only floor that needs matplotlib and anywidget."""

from ntp_lib.show.circuit_bench import CircuitBench
from ntp_lib.show.coder_race import CoderRace
from ntp_lib.show.derivation_view import DerivationView
from ntp_lib.show.emergence_dial import EmergenceDial
from ntp_lib.show.export import predictor_json
from ntp_lib.show.figure import BLUE, INK, LINE, MUTED, ORANGE, Figure, style
from ntp_lib.show.learning_context import LearningContext
from ntp_lib.show.learning_dial import LearningDial
from ntp_lib.show.length_dial import LengthDial
from ntp_lib.show.machine_room import MachineRoom
from ntp_lib.show.multiplication_dial import MultiplicationDial
from ntp_lib.show.network_context import NetworkContext
from ntp_lib.show.parity_dial import ParityDial
from ntp_lib.show.probe_map import ProbeMap
from ntp_lib.show.steps_dial import StepsDial
from ntp_lib.show.story_writer import StoryWriter

__all__ = [
    "BLUE",
    "INK",
    "LINE",
    "MUTED",
    "ORANGE",
    "CircuitBench",
    "CoderRace",
    "DerivationView",
    "EmergenceDial",
    "Figure",
    "LearningContext",
    "LearningDial",
    "LengthDial",
    "MachineRoom",
    "MultiplicationDial",
    "NetworkContext",
    "ParityDial",
    "ProbeMap",
    "StepsDial",
    "StoryWriter",
    "predictor_json",
    "style",
]
