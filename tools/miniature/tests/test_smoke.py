"""Each part of the maker once, on next to nothing: `python3 -m unittest discover tests`, in tools/miniature."""

import importlib
import importlib.util
import io
import os
import pkgutil
import sys
import tempfile
import unittest
from unittest import mock

import miniature

MISSING = [name for name in ("numpy", "PIL", "torch") if importlib.util.find_spec(name) is None]


def needs(*names):
    absent = [name for name in names if name in MISSING]
    return unittest.skipIf(absent, f"{', '.join(absent)} not installed (README.md)")


class Commands(unittest.TestCase):
    def test_help_names_every_command(self):
        from miniature.__main__ import main

        with mock.patch.object(sys, "argv", ["miniature", "--help"]), mock.patch("sys.stdout", new_callable=io.StringIO) as out:
            with self.assertRaises(SystemExit) as end:
                main()
        self.assertEqual(end.exception.code, 0)
        for command in ("data", "train", "heads", "photographs", "network", "export", "ask", "sample", "strip", "album"):
            self.assertIn(command, out.getvalue())

    @needs("numpy", "PIL", "torch")
    def test_every_module_can_be_imported(self):
        modules = [found.name for found in pkgutil.walk_packages(miniature.__path__, "miniature.") if not found.name.endswith("__main__")]
        self.assertGreater(len(modules), 20)
        for name in modules:
            importlib.import_module(name)


class Data(unittest.TestCase):
    @needs("numpy")
    def test_titles_are_the_same_for_the_same_seed(self):
        import numpy as np

        from miniature.titles.generator import TEST, TRAINING, TitleWriter

        def titles(side):
            rng = np.random.default_rng(5)
            return [TitleWriter(side).write(rng, [15, 33], "england") for _ in range(20)]

        first = titles(TRAINING)
        self.assertEqual(first, titles(TRAINING))
        self.assertNotEqual(first, titles(TEST))
        self.assertTrue(all(first))

    @needs("numpy", "PIL")
    def test_scenes_are_the_same_for_the_same_seed_and_have_the_encoders_size(self):
        from miniature.scenes.composition import crop

        first = crop([41], 3, height=240)
        self.assertEqual(first.shape, (224, 224, 3))
        self.assertGreater(first.std(), 10)
        self.assertTrue((first == crop([41], 3, height=240)).all())

    @needs("numpy", "PIL")
    def test_the_sample_has_its_place(self):
        from PIL import Image

        from miniature import sample

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "lock.jpg")
            sample.write(path)
            with Image.open(path) as image:
                place = image.getexif().get_ifd(0x8825)
        self.assertEqual((place[1], place[3]), ("N", "W"))
        self.assertAlmostEqual(float(place[2][0]) + float(place[2][1]) / 60 + float(place[2][2]) / 3600, sample.LATITUDE, places=4)


class Model(unittest.TestCase):
    @needs("numpy", "torch")
    def test_weights_come_back_as_they_were_written(self):
        import torch

        from miniature import archive

        state = {"a": torch.arange(6, dtype=torch.float32).reshape(2, 3), "b": torch.tensor([0.5])}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "w.safetensors")
            archive.save(path, state, {"seed": 1})
            read = archive.load(path)
        self.assertEqual(set(read), set(state))
        for name, value in state.items():
            self.assertTrue(torch.equal(value, read[name]))

    @needs("numpy")
    def test_vocabulary_learned_from_titles_reads_them_back_as_whole_words(self):
        from miniature.titles import bpe

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "vocabulary.txt.gz")
            bpe.save(path, bpe.learn(["church tower", "church lane"] * 20, 12))
            ids = bpe.Tokenizer(path, 16).encode("church")
        self.assertEqual(len([i for i in ids if i]), 3, "start, one token, end")


if __name__ == "__main__":
    unittest.main()
