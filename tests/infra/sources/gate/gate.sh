#!/bin/sh
echo the gate
